"""Where in the image does the score change? Grad-CAM from the last normalisation of the network.

Selvaraju et al. 2017, arXiv 1610.02391, section 3. The network averages its last maps and weighs them linearly, so
that its Grad-CAM is the class activation map of Zhou et al. 2016 (arXiv 1512.04150).
"""

from __future__ import annotations

import torch
from torch import Tensor

from sciml.scans.network import DenseNet


def scores_and_maps(network: DenseNet, image: Tensor) -> tuple[Tensor, Tensor]:
    """Logits (finding) of one image (channel, y, x), and a map (finding, row, column) between 0 and 1 for each.

    A map is 1 where raising the maps of the network raises the logit most, and all zeros where nothing raises it.
    """
    with torch.no_grad():
        maps = network.maps(image[None])
    maps.requires_grad_(True)
    with torch.enable_grad():
        logits = network.answer(maps)[0]
        gradients = [torch.autograd.grad(logit, maps, retain_graph=True)[0] for logit in logits]
    cams = torch.stack([_cam(maps.detach()[0], gradient[0]) for gradient in gradients])
    return logits.detach(), cams


def _cam(maps: Tensor, gradient: Tensor) -> Tensor:
    """One map (row, column) of maps and gradients (map, row, column)."""
    weights = gradient.mean((1, 2), keepdim=True)
    cam = (weights * maps).sum(0).clamp(min=0)
    highest = cam.max()
    return cam / highest if highest > 0 else torch.zeros_like(cam)
