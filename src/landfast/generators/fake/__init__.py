"""A generator for tests: a good take, or one with a planted fault."""

from landfast.generators.fake.generator import FakeGenerator as FakeGenerator
