"""Webhooks, signed as the Standard Webhooks rules say."""
