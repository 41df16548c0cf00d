# SPDX-License-Identifier: EUPL-1.2
"""The catalogue: what is kept, who deposited it, what happened. It can be burned and rebuilt."""
