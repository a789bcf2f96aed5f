namespace Appliance.Web.SignIn;

/// <summary>The address that signs an administrator in, with its token.</summary>
public static class SignInLink
{
    /// <summary>Under the public URL when there is one, else under this machine's address.</summary>
    public static string Of(SignInSettings settings, int consolePort, string token) =>
        ConsoleAddress.Of(settings, consolePort, $"/sign-in/link?token={token}");
}
