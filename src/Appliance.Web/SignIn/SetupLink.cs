using System.Globalization;
using Appliance.Web.Hosting;

namespace Appliance.Web.SignIn;

/// <summary>The address of the setup page with its token.</summary>
public static class SetupLink
{
    /// <summary>Under the public URL when there is one, else under this machine's address.</summary>
    public static string Of(ApplianceOptions options, int consolePort, string token) =>
        $"{options.PublicUrl?.GetLeftPart(UriPartial.Authority) ?? string.Create(CultureInfo.InvariantCulture, $"http://{Listening.Shown(options.ConsoleBind)}:{consolePort}")}/setup?token={token}";
}
