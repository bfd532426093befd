"""What people and events do: schemes, invitations, claims, their cases' ends, their payments, recalls."""
