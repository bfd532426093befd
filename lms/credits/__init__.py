"""The continuing-education ledger."""
