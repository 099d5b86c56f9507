"""From posterior to protocol: the randomised trial, its operating characteristics and what it is worth."""
