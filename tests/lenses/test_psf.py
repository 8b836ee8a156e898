"""The blur keeps the flux, has the width that it was asked for, and does not wrap around."""

from __future__ import annotations

import numpy as np
import pytest

from sciml.lenses.psf import blurred, moffat


def test_the_kernel_sums_to_one_and_is_half_as_high_half_a_width_off() -> None:
    kernel = moffat(20.0, 100)
    assert kernel.sum() == pytest.approx(1, abs=1e-5)
    assert kernel[100, 110] / kernel[100, 100] == pytest.approx(0.5, abs=0.005)
    np.testing.assert_array_equal(kernel, kernel.T)


def test_a_point_becomes_the_kernel_where_it_stands() -> None:
    images = np.zeros((2, 30, 40), np.float32)
    images[0, 12, 21] = 3
    kernel = moffat(3.0, 5)
    found = blurred(images, kernel)
    np.testing.assert_allclose(found[0, 7:18, 16:27], 3 * kernel, atol=1e-6)
    np.testing.assert_allclose(found[1], 0, atol=1e-7)


def test_light_at_one_border_does_not_come_in_at_the_other() -> None:
    image = np.zeros((20, 20), np.float32)
    image[0, 0] = 1
    found = blurred(image, moffat(3.0, 6))
    assert np.abs(found[10:]).max() < 1e-7
    assert np.abs(found[:, 10:]).max() < 1e-7
