"""What continuing education is owed: obligations as dated policies that officers add to."""
