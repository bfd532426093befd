"""Reading: lists filtered by what the actor may see, pages of one thing, figures. Sealed accounts leave masked."""
