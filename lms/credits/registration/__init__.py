"""Registration of national certificates (首次登记, 再登记): applied for in its window, checked twice, then recorded."""
