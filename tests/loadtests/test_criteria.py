from loadtests.criteria import Result, figure, table


def test_a_limit_that_is_kept_is_met() -> None:
    assert Result("cpu", 1.5, most=1.5).verdict == "met"
    assert Result("rate", 0.3, least=0.25).verdict == "met"


def test_a_limit_that_is_not_kept_says_by_how_much() -> None:
    assert Result("cpu", 1.8, most=1.5).verdict == "**missed by 20%**"
    assert Result("rate", 0.2, least=0.25).verdict == "**missed by 20%**"
    assert Result("lost", 3, most=0).verdict == "**missed**"


def test_a_figure_without_a_limit_has_no_verdict() -> None:
    assert Result("rate", 1234.5, "/s").verdict == ""
    assert "| rate |  | 1,234 /s |  |  |" in table("Actions", [Result("rate", 1234.4, "/s")])


def test_figures_have_three_digits() -> None:
    assert [figure(value) for value in (7.7777, 0.03333, 15_000, 60, 1.0)] == ["7.78", "0.0333", "15,000", "60", "1"]
