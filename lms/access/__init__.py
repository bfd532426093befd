"""Accounts, sign-in, roles as dated grants, and the policy."""
