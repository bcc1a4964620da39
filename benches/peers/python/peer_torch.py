"""PyTorch: modules and `torch.optim.Adam` as they are (`eager`), or the model, its loss and the optimizer's step compiled (`compile`)."""

import sys

import torch

import task
from net import Net, Predictor

torch.set_num_threads(1)


class Torch:
    def __init__(self, work):
        self.task, self.net = work, Net(work)
        self.compiled = torch.compile if sys.argv[2] == "compile" else lambda function: function
        self.predictor = self.compiled(Predictor(self.net, work))

    def predict(self, row):
        with torch.inference_mode():
            return self.predictor(torch.from_numpy(row))[0].numpy()

    def train(self, epochs):
        work = self.task
        inputs, targets = torch.from_numpy(work.inputs), [torch.from_numpy(target) for target in work.targets]
        optimizer = torch.optim.Adam(self.net.parameters(), lr=task.LEARNING_RATE, eps=task.EPSILON)
        loss_of = self.compiled(lambda x, *targets: sum(map(self.net.loss, self.net(x), targets)))
        update = self.compiled(optimizer.step)
        go_on = True
        while go_on:
            losses = []
            for start in work.batches():
                rows = slice(start, start + work.batch)
                optimizer.zero_grad()
                loss = loss_of(inputs[rows], *(target[rows] for target in targets))
                loss.backward()
                update()
                losses.append(loss.detach())
            go_on = epochs.end(torch.stack(losses).tolist())


task.run(Torch)
