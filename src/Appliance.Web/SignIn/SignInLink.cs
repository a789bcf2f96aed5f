using Appliance.Web.Hosting;

namespace Appliance.Web.SignIn;

/// <summary>The address that signs an administrator in, with its token.</summary>
public static class SignInLink
{
    /// <summary>Under the public URL when there is one, else under this machine's address.</summary>
    public static string Of(ApplianceOptions options, int consolePort, string token) => ConsoleAddress.Of(options, consolePort, $"/sign-in/link?token={token}");
}
