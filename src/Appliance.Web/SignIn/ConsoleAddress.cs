using System.Globalization;
using Appliance.Web.Startup;

namespace Appliance.Web.SignIn;

/// <summary>Where people reach the console, for links that the command line prints.</summary>
internal static class ConsoleAddress
{
    /// <summary>A path under the public URL when there is one, else under this machine's address.</summary>
    public static string Of(SignInSettings settings, int consolePort, string path) =>
        (
            settings.PublicUrl?.GetLeftPart(UriPartial.Authority)
            ?? string.Create(CultureInfo.InvariantCulture, $"http://{Listeners.Shown(settings.ConsoleBind)}:{consolePort}")
        ) + path;
}
