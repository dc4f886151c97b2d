"""Where a recorded session is watched: time passes, keys jump."""

import math

from engine.playback.player import SPEEDS, Player


def test_time_passes_at_its_speed_and_stops_at_the_newest_second() -> None:
    player = Player(newest=10)
    assert player.tick(0.5).second == 0
    assert player.tick(0.5).tick(0.5).second == 1
    assert Player(newest=10, speed=5.0).tick(1.5).position_s == 7.5
    assert Player(newest=10, speed=20.0).tick(1.0).second == 10
    assert player.tick(60.0).is_at_end


def test_as_fast_as_it_draws_shows_every_second() -> None:
    player = Player(position_s=3.4, newest=6, speed=math.inf)
    shown = []
    for _ in range(5):
        player = player.tick(0.01)
        shown.append(player.second)
    assert shown == [4, 5, 6, 6, 6]


def test_paused_no_time_passes_but_steps_and_jumps_go() -> None:
    player = Player(position_s=5.7, newest=10, paused=True)
    assert player.tick(3.0) == player
    assert [player.step(1).position_s, player.step(-1).position_s] == [6.0, 4.0]
    assert player.jump_to(2).paused
    assert Player(position_s=5.0, newest=10).step(1).paused


def test_no_jump_leaves_the_session() -> None:
    player = Player(position_s=5.0, newest=10)
    assert [player.jump_by(-60).second, player.jump_by(60).second, player.step(9).second] == [0, 10, 10]


def test_at_the_end_it_follows_what_is_added() -> None:
    at_end = Player(position_s=5.0, newest=10).jump_to(10)
    assert at_end.grown(11).tick(0.1).second == 11
    assert at_end.step(-1).grown(11).tick(0.1).second == 9
    assert Player(position_s=10.0, newest=10).grown(11).tick(0.1).second == 10


def test_events_are_found_on_both_sides() -> None:
    marks = [2, 5, 9]
    player = Player(position_s=5.0, newest=10)
    assert [player.next_event(marks).second, player.previous_event(marks).second] == [9, 2]
    assert player.jump_to(9).next_event(marks).second == 9
    assert player.jump_to(2).previous_event(marks).second == 2
    assert player.jump_to(9.8).previous_event(marks).second == 5


def test_a_session_that_is_over_plays_again_from_the_start() -> None:
    at_end = Player(position_s=10.0, newest=10, follows=True)
    assert at_end.pause_or_play(is_over=True) == Player(newest=10)
    assert at_end.pause_or_play(is_over=False).paused
    playing = Player(position_s=4.0, newest=10)
    paused = playing.pause_or_play(is_over=True)
    assert (paused.paused, paused.pause_or_play(is_over=True)) == (True, playing)


def test_the_speed_stays_among_those_there_are() -> None:
    player = Player(newest=1)
    faster = [player.change_speed(steps).speed for steps in range(6)]
    assert faster == [*SPEEDS, SPEEDS[-1]]
    assert player.change_speed(-1).speed == SPEEDS[0]
