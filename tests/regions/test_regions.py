from pathlib import Path

import pytest

from queue_service.domain.errors import NotFound
from queue_service.faults import Fault
from queue_service.regions import Position, read_regions

LAHAT = read_regions()
# As the decree counts them.
VILLAGES = {
    "01": 14,
    "06": 21,
    "07": 22,
    "08": 10,
    "09": 19,
    "10": 30,
    "12": 20,
    "15": 16,
    "16": 18,
    "17": 32,
    "18": 9,
    "19": 19,
    "20": 11,
    "21": 15,
    "22": 20,
    "23": 14,
    "24": 18,
    "25": 10,
    "26": 9,
    "27": 14,
    "28": 7,
    "29": 10,
    "30": 10,
    "31": 10,
}


def test_lahat_has_its_24_districts_and_378_villages() -> None:
    districts = LAHAT.districts_of("16.04")
    assert {district.code[6:]: len(district.villages) for district in districts} == VILLAGES
    villages = LAHAT.villages_of("16.04")
    assert len(villages) == len({village.code for village in villages}) == 378
    assert sum(village.is_kelurahan for village in villages) == 18


def test_every_village_lies_near_its_district() -> None:
    for district in LAHAT.districts_of("16.04"):
        for village in district.villages:
            assert village.district == district.code
            assert village.position is Position.VILLAGE
            assert abs(village.latitude - district.latitude) < 0.2
            assert abs(village.longitude - district.longitude) < 0.2


def test_a_village_is_known_by_its_code_with_or_without_points() -> None:
    village = LAHAT.get("16.04.01.2001")
    assert (village.name, village.district_name, village.regency) == ("Kembang Ayun", "Tanjungsakti Pumu", "16.04")
    assert LAHAT.find("1604012001") is village
    assert LAHAT.villages_of("16.04.28")[0].district_name == "Muarapayang"
    for nowhere in ("16.04.01.9999", "", "16.04", "x"):
        with pytest.raises(NotFound):
            LAHAT.get(nowhere)
    with pytest.raises(NotFound):
        LAHAT.villages_of("16.04.99")


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("Kembang Ayun", "16.04.01.2001"),
        ("kembangayun", "16.04.01.2001"),
        ("Desa  KEMBANG-AYUN", "16.04.01.2001"),
        ("Kembang Ajun", "16.04.01.2001"),
        ("Gn. Meraksa, tanjung sakti pumu", "16.04.01.2002"),
        ("16.04.10.1037", "16.04.10.1037"),
        ("1604101037", "16.04.10.1037"),
    ],
)
def test_a_name_may_be_written_as_people_write_it(typed: str, code: str) -> None:
    assert LAHAT.search("16.04", typed)[0].code == code


def test_what_is_called_the_same_is_told_apart_by_the_district() -> None:
    twins = LAHAT.search("16.04", "Tanjung Alam")
    assert len(twins) > 1 and {village.name for village in twins} == {"Tanjung Alam"}
    (one,) = LAHAT.search("16.04", f"Tanjung Alam, {twins[0].district_name}")
    assert one == twins[0]


def test_what_sounds_like_nothing_finds_nothing() -> None:
    assert LAHAT.search("16.04", "Wxyzq Klmnp") == []
    assert LAHAT.search("16.04", "  ") == []


def test_any_regency_may_be_added_or_replaced(tmp_path: Path) -> None:
    folder = tmp_path / "regions"
    folder.mkdir()
    table = folder / "9999.csv"
    table.write_text(
        "code,name,latitude,longitude,position\n99.99,Contoh,,,\n99.99.01,Satu,-4,103,district\n"
        "99.99.01.2001,Di Hulu,-4,103,district\n",
        encoding="utf-8",
    )
    regions = read_regions(tmp_path)
    assert regions.get("99.99.01.2001").position is Position.DISTRICT
    assert len(regions.villages_of("16.04")) == 378
    for spoilt in ("code;name\n", "code,name,latitude,longitude,position\n99.99.01,Satu,-4,103,district\n"):
        table.write_text(spoilt, encoding="utf-8")
        with pytest.raises(Fault, match=r"9999\.csv"):
            read_regions(tmp_path)
