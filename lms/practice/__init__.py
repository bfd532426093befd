"""Practice training (分类实务实训): placements at stations, hours signed off by a supervisor, completion, portfolio."""
