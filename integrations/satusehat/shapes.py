"""Held against the shapes of FHIR before it is sent. The library is loaded once there is something to send."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from integrations.satusehat.translate import Unsendable, check_encounter


def check(resource: Mapping[str, Any], organization: str) -> None:
    """An Encounter or a Location, with the shapes of R4B, which has both as R4 has them. Raises Unsendable.

    What is sent is not the library's own text: that writes moments in another way.
    """
    from fhir.resources.R4B.encounter import Encounter
    from fhir.resources.R4B.location import Location

    shape = Encounter if resource["resourceType"] == "Encounter" else Location
    try:
        shape.model_validate(resource)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise Unsendable(f"it is no {resource['resourceType']} of FHIR R4: {where}: {first['msg']}") from None
    if shape is Encounter:
        check_encounter(resource, organization)
