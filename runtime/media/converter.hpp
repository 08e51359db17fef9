#pragma once

#include "runtime/media/ffmpeg.hpp"
#include "runtime/media/frame.hpp"

namespace camfleet::media {

/// Turns a decoded picture into BGR as a player shows it: of shown_size(), turned by turn_of(), with the
/// range and the matrix that the picture names. One that names no matrix is BT.709 from 1280×577 up, else
/// BT.601. False when the pixel format cannot be converted; `into` then holds nothing of use. Keeps
/// `into.media_time`. What it prepares for a form of pictures is the thread's, and serves all its streams.
bool convert(const AVFrame& picture, Frame& into);

}  // namespace camfleet::media
