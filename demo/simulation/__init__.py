# SPDX-License-Identifier: EUPL-1.2
"""Thirty years of an archive in one command: a scenario, actors who do it on a real home, an account.

thirty_years.toml   what happens when: municipalities, authorities, misfortunes
scenario            that file as values
providers           time-stamping authorities that end, follow each other and are compromised
papers              what a municipality deposits in a year
world               a real home with two stores, and the clock that is moved
years               one year after the other: who does what on which day
misfortunes         what goes wrong, and how it is mended
chronicle           what happened, as values
account             which object is proven in the end, which is not, and why
timeline            the chronicle as a picture
report              account and chronicle as a page
"""
