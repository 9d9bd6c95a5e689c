"""The office: today at a glance, set-up, staff, keys, connections and the audit trail, for heads and administrators."""

from queue_service.web.pages.office import (
    accounts,
    audit,
    complaints,
    connections,
    days,
    field,
    keys,
    outreach,
    outreach_lists,
    previews,
    proposals,
    setup,
    today,
    trip,
    trip_list,
    trips,
)

pages = (
    *(today, outreach_lists, outreach, trips, proposals, trip, trip_list, field),
    *(complaints, setup, accounts, keys, connections, days, previews, audit),
)
