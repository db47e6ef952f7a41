"""The doubly linked list alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from msgmux.linked_list import LinkedList
from msgmux.message import Node, Origin


def node(seq: int, n: int) -> Node:
    return Node(Origin("p", 1, "P1"), seq, seq, 0.0, list(range(seq, seq + n)))


def seqs(chain: LinkedList) -> list[int]:
    return [seq for node in chain for seq in range(node.seq, node.last_seq + 1)]


@given(
    st.lists(st.one_of(st.tuples(st.just("append"), st.integers(1, 5)), st.tuples(st.just("evict"), st.integers(0, 9))))
)
def test_it_behaves_like_a_deque_of_seqs(steps: list[tuple[str, int]]) -> None:
    chain, tail = LinkedList(), 0
    model: list[int] = []
    for what, n in steps:
        if what == "append":
            chain.append(node(tail + 1, n))
            model += range(tail + 1, tail + n + 1)
            tail += n
        else:
            n = min(n, len(model))
            if n:
                dropped: list[Node] = []
                chain.evict(model[n - 1], dropped)
                del model[:n]
                assert all(gone.next is None for gone in dropped)
        chain.check()
        assert seqs(chain) == model
        assert chain.length == len(model)
        for seq in model:
            found = chain.find(seq)
            assert found is not None
            assert found.seq <= seq <= found.last_seq
        assert chain.find(tail + 1) is None
        assert [n.seq for n in reversed(chain)] == [n.seq for n in chain][::-1]


def test_check_finds_a_broken_link() -> None:
    chain = LinkedList()
    for seq in (1, 2, 3):
        chain.append(node(seq, 1))
    assert chain.head is not None
    assert chain.head.next is not None
    chain.head.next.prev = None
    with pytest.raises(AssertionError, match="prev does not lead back"):
        chain.check()


def test_check_finds_a_wrong_count() -> None:
    chain = LinkedList()
    chain.append(node(1, 2))
    chain.length = 3
    with pytest.raises(AssertionError, match="counted as 3"):
        chain.check()
