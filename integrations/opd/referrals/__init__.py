"""Referrals to an agency's own system with REST and JSON: handed over, and told of later."""
