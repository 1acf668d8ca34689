// Owner of the precompiled header (src/pch.h): the one translation unit that builds it.
