"""The shape of what a branch promises to those who complain."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from queue_service.domain.complaint_rules import CATEGORIES, Category, ComplaintRules
from queue_service.records.calendar_plans import NamePlan, Plan, Slug
from queue_service.records.misfits import check_once


class CategoryPlan(Plan):
    id: Slug
    name: NamePlan
    days: Annotated[int, Field(ge=1, le=120)]

    def category(self) -> Category:
        return Category(self.id, self.name.name(), self.days)


class ComplaintsPlan(Plan):
    """`categories` empty: the usual ones."""

    categories: Annotated[list[CategoryPlan], Field(max_length=20)] = []
    contact_days: Annotated[int, Field(ge=1, le=3650)] = ComplaintRules.contact_days
    words_days: Annotated[int, Field(ge=1, le=3650)] = ComplaintRules.words_days

    @model_validator(mode="after")
    def fits_together(self) -> Self:
        check_once("category", [category.id for category in self.categories])
        return self

    def rules(self) -> ComplaintRules:
        categories = tuple(each.category() for each in self.categories) or CATEGORIES
        return ComplaintRules(categories, self.contact_days, self.words_days)
