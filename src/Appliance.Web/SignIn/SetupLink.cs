namespace Appliance.Web.SignIn;

/// <summary>The address of the setup page with its token.</summary>
public static class SetupLink
{
    /// <summary>Under the public URL when there is one, else under this machine's address.</summary>
    public static string Of(SignInSettings settings, int consolePort, string token) =>
        ConsoleAddress.Of(settings, consolePort, $"/setup?token={token}");
}
