"""Ladders, yearly classes and training of talents as data: who may enter, how they are selected, what they become."""
