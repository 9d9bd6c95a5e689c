"""Accounts of people, what they were granted, and their sessions."""
