"""The office: today at a glance, set-up, staff, keys, connections and the audit trail, for heads and administrators."""

from queue_service.web.pages.office import (
    accounts,
    audit,
    connections,
    days,
    keys,
    outreach,
    outreach_lists,
    setup,
    today,
)

pages = (today, outreach_lists, outreach, setup, accounts, keys, connections, days, audit)
