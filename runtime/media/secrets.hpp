#pragma once

#include <string>
#include <string_view>

namespace camfleet::media {

/// `url` with everything secret in it as ***: the password of "scheme://user:password@host", and the value of
/// each key whose name has pass, pwd, token, auth, key, secret or sig in it, or is that of a user, in the
/// query, the fragment and the path ("user=a&password=b", "user=a_password=b_"). Percent-encoded or not, in
/// whatever case, and in a URL within the URL. Where it cannot tell how far a secret goes, it hides more.
std::string redacted(std::string_view url);

/// The same of a message that has URLs in it: none goes beyond a blank or a quotation mark.
std::string redacted_message(std::string_view message);

}  // namespace camfleet::media
