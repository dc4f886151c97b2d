"""What a target's steering amounts to, as stretches of a load shape."""

from engine.export.steered_shape import Piece, pieces_of
from engine.protocol.load_shape import Stage, Steering
from engine.protocol.next_stage import moved


def test_manual_users_become_stages_and_the_plan_continues_where_it_was() -> None:
    ramp = Steering((Stage(2, 0.0), Stage(2, 1.0), Stage(10, 8.0), Stage(10, 5.0)), 0.0)
    by_hand = ramp.set_users(40, 5.0)
    back = by_hand.hand_back(12.0)
    pieces = pieces_of([(0.0, ramp), (5.0, by_hand), (12.0, back)], 1.0, 21.0)
    assert pieces == [Piece(2, 6, 4.0), Piece(40, 40, 7.0), Piece(6, 10, 4.0), Piece(10, 10, 5.0)]


def test_pauses_are_left_out_and_neighbours_at_one_level_are_one() -> None:
    hold = Steering((Stage(5, 0.0), Stage(5, 60.0)), 0.0)
    paused = hold.pause(10.0)
    resumed = paused.resume(25.0)
    assert pieces_of([(0.0, hold), (10.0, paused), (25.0, resumed)], 0.0, 40.0) == [Piece(5, 5, 25.0)]


def test_duels_are_left_out() -> None:
    hold = Steering((Stage(5, 0.0), Stage(5, 60.0)), 0.0)
    duel = hold.begin_duel(30, 10.0)
    after = duel.end_duel(25.0)
    assert pieces_of([(0.0, hold), (10.0, duel), (25.0, after)], 0.0, 40.0) == [Piece(5, 5, 25.0)]


def test_key_presses_in_quick_succession_do_not_become_stages_of_no_length() -> None:
    hold = Steering((Stage(5, 0.0), Stage(5, 60.0)), 0.0)
    presses = [(10.0 + 0.03 * number, hold.set_users(6 + number, 10.0)) for number in range(4)]
    pieces = pieces_of([(0.0, hold), *presses], 0.0, 20.0)
    assert [(piece.users_to, round(piece.seconds, 1)) for piece in pieces] == [(5, 10.0), (9, 10.0)]


def test_a_last_stage_that_was_held_longer_is_as_long_as_it_was() -> None:
    hold = Steering((Stage(5, 0.0), Stage(5, 1.0), Stage(5, 10.0)), 0.0)
    assert pieces_of([(0.0, hold)], 1.0, 30.0) == [Piece(5, 5, 29.0)]


def test_a_stage_that_was_put_off_makes_the_one_before_longer() -> None:
    stages = (Stage(5, 0.0), Stage(5, 10.0), Stage(20, 0.0), Stage(20, 10.0))
    begun = Steering(stages, 0.0)
    later = moved(begun, 4.0, 3.0)
    assert [
        (piece.users_to, round(piece.seconds, 1))
        for piece in pieces_of([(0.0, begun), (3.0, later)], 0.0, 24.0)
    ] == [(5, 14.0), (20, 10.0)]


def test_a_stage_that_begins_early_makes_the_one_before_shorter() -> None:
    stages = (Stage(5, 0.0), Stage(5, 10.0), Stage(20, 0.0), Stage(20, 10.0))
    begun = Steering(stages, 0.0)
    now = moved(begun, -100.0, 3.0)
    assert pieces_of([(0.0, begun), (3.0, now)], 0.0, 13.0) == [Piece(5, 5, 3.0), Piece(20, 20, 10.0)]
