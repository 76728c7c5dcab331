"""Does the verifier find faults and let clean takes pass?"""
