#pragma once

namespace kreel::cli {

/// Takes the pages of programs and libraries that a start has mapped out of this process: most of
/// them hold what only a start needs, and the kernel maps whole neighbourhoods around what is used.
/// They stay in the page cache, and whatever is used again is mapped again, in microseconds. Any
/// thread; nothing that can be written to is touched, and nothing is done under a debugger.
void unmap_start_pages();

}  // namespace kreel::cli
