"""What the figures answer: results in a sentence, hints, claims and audits of published experiments. Pure."""
