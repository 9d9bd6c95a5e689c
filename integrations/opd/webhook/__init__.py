"""What an agency's system tells us as it happens, signed as the Standard Webhooks rules say."""
