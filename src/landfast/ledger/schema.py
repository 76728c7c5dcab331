"""The tables of `ledger.sqlite`, in plain SQL."""

from __future__ import annotations

from typing import Final

APPLICATION: Final = 0x6C616E64
"""`land` in ASCII, in the SQLite header: tells a ledger from any other database."""
VERSION: Final = 2
"""Schema version, in the SQLite header's `user_version`; the first that was released."""

TABLES: Final = """
CREATE TABLE records (
    name     TEXT PRIMARY KEY,           -- clip, analysis, plan, profile, options, run, film
    document TEXT NOT NULL               -- JSON with type and version
) STRICT;

CREATE TABLE takes (
    id           INTEGER PRIMARY KEY,    -- order of intention
    request_key  TEXT NOT NULL UNIQUE,   -- SHA-256 of the request: equal requests are paid once
    segment      TEXT NOT NULL,
    attempt      INTEGER NOT NULL CHECK (attempt >= 1),
    state        TEXT NOT NULL CHECK (state IN (
        'intended', 'submit_unknown', 'submitted', 'done', 'failed', 'accepted', 'rejected')),
    generator    TEXT NOT NULL,
    seed         INTEGER NOT NULL,
    request      TEXT NOT NULL,          -- JSON
    cost_usd     REAL NOT NULL,          -- for people; list price until the bill is known
    cost_exact   TEXT NOT NULL,          -- "n/d", what is counted
    provider_job TEXT,
    file         TEXT,                   -- relative to the run's folder
    sha256       TEXT,
    take         TEXT,                   -- JSON, once the file is on disk
    took_s       REAL,
    error        TEXT,
    created      TEXT NOT NULL,          -- UTC, ISO 8601
    finished     TEXT,
    ordered      TEXT,                   -- JSON: what the service was asked for, in its own terms
    ticket       TEXT,                   -- JSON: what the service gave for the order
    raw          TEXT,                   -- the clip as it came, relative to the run's folder
    raw_sha256   TEXT,
    UNIQUE (segment, attempt),
    CHECK (state NOT IN ('done', 'accepted', 'rejected') OR
           (file IS NOT NULL AND sha256 IS NOT NULL AND take IS NOT NULL)),
    CHECK (state <> 'failed' OR error IS NOT NULL)
) STRICT;

CREATE TABLE verdicts (
    request_key TEXT PRIMARY KEY REFERENCES takes (request_key),
    state       TEXT NOT NULL CHECK (state IN ('pass', 'fail', 'unknown')),
    score       REAL NOT NULL,
    coverage    REAL NOT NULL,
    document    TEXT NOT NULL,           -- JSON
    created     TEXT NOT NULL
) STRICT;

CREATE TABLE timings (
    stage    TEXT NOT NULL,
    subject  TEXT NOT NULL,              -- segment name or request key; empty for the clip
    seconds  REAL NOT NULL,
    frames   INTEGER,
    failures INTEGER,
    PRIMARY KEY (stage, subject)
) STRICT;

CREATE TABLE checks (                    -- the same work done twice: are the bytes the same?
    stage     TEXT NOT NULL,
    subject   TEXT NOT NULL,
    digests   TEXT NOT NULL,             -- JSON list of SHA-256
    identical INTEGER,                   -- 1, 0, or NULL where it was done only once
    PRIMARY KEY (stage, subject)
) STRICT;

CREATE TABLE series (
    title    TEXT PRIMARY KEY,
    document TEXT NOT NULL               -- JSON
) STRICT;

CREATE TABLE blobs (                     -- index of blobs/<aa>/<sha256>.<suffix>
    sha256 TEXT PRIMARY KEY,
    suffix TEXT NOT NULL,
    bytes  INTEGER NOT NULL
) STRICT;

CREATE TABLE pictures (
    id       INTEGER PRIMARY KEY,
    purpose  TEXT NOT NULL,
    segment  TEXT NOT NULL,              -- segment name or request key
    time     TEXT NOT NULL,              -- "n/d" seconds of the clip
    width    INTEGER NOT NULL,           -- pixels: the same moment may be kept small and large
    blob     TEXT NOT NULL REFERENCES blobs (sha256),
    document TEXT NOT NULL,              -- JSON
    UNIQUE (purpose, segment, time, width)
) STRICT;
"""
