"""What does the network see of the light? A retina against its surroundings, a chest as it is.

How bright and of what tint a retina looks depends on camera, flash and pigment more than on disease; a lesion is darker
or brighter than what lies around it. Dividing out the slow light is what the winner of the EyePACS competition did
(B. Graham 2015, "Kaggle diabetic retinopathy detection competition report"). In an X-ray the slow light is the finding:
fluid, and the shadow of the heart.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import torch
from torch import Tensor, nn

from sciml.scans.settings import Kind

Scaling: TypeAlias = Callable[[Tensor], Tensor]

# grey levels: where a chest's bytes are centred, and what is one unit
CENTRE, SCALE = 127.5, 64.0
# one unit of a retina is a sixth of a factor e; what lies around is within an eighth of the side; grey levels that keep
# the logarithm of the darkest from growing without bounds
CONTRAST, AROUND, DARK = 6.0, 8, 8.0


def centred(image: Tensor) -> Tensor:
    """Bytes 0 to 255 of any shape, centred and scaled."""
    return (image - CENTRE) / SCALE


def even_light(image: Tensor) -> Tensor:
    """Log brightness of each channel against its mean around, where there is an image at all; (sample, channel, y, x).

    Black in all channels is outside of the field of view: it is 0, and counts in no mean.
    """
    inside = (image.amax(1, keepdim=True) > 0).to(image.dtype)
    bright = torch.log(image + DARK) * inside
    around = _mean_around(bright) / _mean_around(inside).clamp(min=1e-3)
    return CONTRAST * (bright - around) * inside


def _mean_around(image: Tensor) -> Tensor:
    """Box means twice over: the weight of a neighbour falls with its distance."""
    window = image.shape[-1] // AROUND | 1
    for _ in range(2):
        image = nn.functional.avg_pool2d(image, window, 1, window // 2, count_include_pad=False)
    return image


SCALINGS: Mapping[Kind, Scaling] = {"retina": even_light, "chest": centred}
# what the record of a model says of it
SCALED: Mapping[Kind, Mapping[str, Any]] = {
    "retina": {"light": "even", "contrast": CONTRAST, "around": AROUND, "dark": DARK},
    "chest": {"light": "as it is", "centre": CENTRE, "scale": SCALE},
}
