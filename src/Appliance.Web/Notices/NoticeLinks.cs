using System.Globalization;
using System.Net;
using Appliance.Web.SignIn;
using Appliance.Web.Startup;

namespace Appliance.Web.Notices;

/// <summary>Where a notice leads: a page under the console's public address, or under the address that the console listens on.</summary>
/// <param name="settings">What is known of the address.</param>
/// <param name="consolePort">The port of the console; 0: it is not known before it listens.</param>
public sealed class NoticeLinks(SignInSettings settings, int consolePort)
{
    /// <summary>
    /// The page as a link. Null when only this machine knows the console's address: it would lead nowhere on a phone.
    /// </summary>
    public Uri? Of(string path)
    {
        var bind = settings.ConsoleBind;
        var isLocal = consolePort == 0 || IPAddress.IsLoopback(bind) || bind.Equals(IPAddress.Any) || bind.Equals(IPAddress.IPv6Any);
        var authority = settings.PublicUrl?.GetLeftPart(UriPartial.Authority)
            ?? (isLocal ? null : string.Create(CultureInfo.InvariantCulture, $"http://{Listeners.Shown(bind)}:{consolePort}"));
        return authority is null ? null : new Uri(authority + path);
    }
}
