"""The models as PyTorch modules, for `peer_torch.py` and `peer_torchjd.py`."""

import torch


def linear(kernel, bias):
    layer = torch.nn.Linear(*kernel.shape)
    with torch.no_grad():
        layer.weight.copy_(torch.from_numpy(kernel.T.copy()))
        layer.bias.copy_(torch.from_numpy(bias))
    return layer


class Net(torch.nn.Module):
    def __init__(self, work):
        super().__init__()
        self.body = torch.nn.Sequential(*(module for layer in work.body for module in (linear(*layer), torch.nn.ReLU())))
        heads = ([module for layer in head for module in (linear(*layer), torch.nn.ReLU())][:-1] for head in work.heads)
        self.heads = torch.nn.ModuleList(torch.nn.Sequential(*modules) for modules in heads)

    def forward(self, x):
        """Outputs of the heads, before the softmax."""
        body = self.body(x)
        return [head(body) for head in self.heads]

    @staticmethod
    def loss(output, target):
        if target.dtype == torch.float32:
            return torch.nn.functional.mse_loss(output, target)
        return torch.nn.functional.cross_entropy(output, target)


class Predictor(torch.nn.Module):
    """Outputs of the heads side by side, after the softmax."""

    def __init__(self, net, work):
        super().__init__()
        self.net, self.softmax = net, [work.softmax(head) for head in range(len(work.heads))]

    def forward(self, x):
        return torch.cat([torch.softmax(head, 1) if softmax else head for head, softmax in zip(self.net(x), self.softmax)], 1)
