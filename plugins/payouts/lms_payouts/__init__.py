"""The plugin payouts: budgets, the fund ledger, payments, batches signed by two, the results of the bank."""
