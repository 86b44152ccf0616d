import torch

from fieldzip_training import wavelet


def test_inverse_gives_back_what_forward_took():
    x = torch.randn(2, 1, 64, 128, dtype=torch.float64)
    assert torch.allclose(wavelet.inverse(wavelet.forward(x)), x, atol=1e-12)


def test_is_nearly_orthonormal():
    x = torch.randn(1, 1, 128, 128, dtype=torch.float64)
    assert 0.8 < (wavelet.forward(x) ** 2).sum() / (x**2).sum() < 1.2


def test_a_constant_leaves_no_details():
    c = wavelet.forward(torch.full((1, 1, 64, 64), 3.0, dtype=torch.float64))
    c[..., ::64, ::64] = 0
    assert c.abs().max() < 1e-9
