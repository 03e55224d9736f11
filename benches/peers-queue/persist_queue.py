"""The side of Python's persist-queue: obeys a line, answers the seconds it took.

    open FOLDER          makes the queue
    new FROM COUNT       puts COUNT new events; its queue with acknowledgements commits each by itself
    known COUNT          puts COUNT events that are there
    drain COUNT          takes COUNT events and acknowledges each
"""

import sys
import time

from persistqueue import UniqueAckQ


def put(numbers):
    for number in numbers:
        queue.put("%0200d" % number)


def drain(count):
    for _ in range(count):
        queue.ack(queue.get(block=False))


for line in sys.stdin:
    verb, *words = line.split()
    if verb == "open":
        queue = UniqueAckQ(words[0], multithreading=False)
        print("0", flush=True)
        continue
    numbers = [int(word) for word in words]
    began = time.perf_counter()
    if verb == "new":
        put(range(numbers[0], sum(numbers)))
    elif verb == "known":
        put(range(numbers[0]))
    elif verb == "drain":
        drain(numbers[0])
    print(time.perf_counter() - began, flush=True)
