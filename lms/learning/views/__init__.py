"""Pages of learning: the learner's, the reading page with its evidence, and the trainer's desk."""
