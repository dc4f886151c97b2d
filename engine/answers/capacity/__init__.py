"""Most users under an SLO, by rule M11: the search, its result, the scalability curve, sizing. Pure."""
