"""What all tests share: checks that live outside the test files explain themselves when they fail."""

import pytest

pytest.register_assert_rewrite("tests.chain")
