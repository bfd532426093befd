raise RuntimeError("a library is missing")
