"""TorchJD: `mtl_backward` and an aggregator, as its documentation writes multi-task learning."""

import torch
from torchjd.aggregation import MGDA, CAGrad, NashMTL, PCGrad, Sum, UPGrad
from torchjd.autojac import jac_to_grad, mtl_backward

import task
from net import Net, Predictor

torch.set_num_threads(1)

AGGREGATORS = {
    "Sum": lambda heads: Sum(),
    "UPGrad": lambda heads: UPGrad(),
    "PCGrad": lambda heads: PCGrad(),
    "CAGrad": lambda heads: CAGrad(c=0.5),
    "MGDA": lambda heads: MGDA(),
    "Nash-MTL": lambda heads: NashMTL(n_tasks=heads),
}


class TorchJd:
    def __init__(self, work, strategy):
        self.task, self.net = work, Net(work)
        self.predictor = Predictor(self.net, work)
        self.aggregator = AGGREGATORS[strategy](len(work.heads))

    def predict(self, row):
        with torch.inference_mode():
            return self.predictor(torch.from_numpy(row))[0].numpy()

    def train(self, epochs):
        work = self.task
        inputs, targets = torch.from_numpy(work.inputs), [torch.from_numpy(target) for target in work.targets]
        optimizer = torch.optim.Adam(self.net.parameters(), lr=task.LEARNING_RATE, eps=task.EPSILON)
        go_on = True
        while go_on:
            sums = []
            for start in work.batches():
                rows = slice(start, start + work.batch)
                features = self.net.body(inputs[rows])
                losses = [self.net.loss(head(features), target[rows]) for head, target in zip(self.net.heads, targets)]
                mtl_backward(losses, features=features)
                jac_to_grad(self.net.body.parameters(), self.aggregator)
                optimizer.step()
                optimizer.zero_grad()
                sums.append(sum(loss.detach() for loss in losses))
            go_on = epochs.end(torch.stack(sums).tolist())


task.run(TorchJd)
