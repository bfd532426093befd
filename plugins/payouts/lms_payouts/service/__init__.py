"""What people and schemes do: budgets, payments, batches and their signatures, the results of the bank."""
