using Appliance.Proxy.Items;

namespace Appliance.Web.SignIn.Oidc;

/// <summary>
/// Text that a provider wrote, made fit for the audit and the trial page: short, in one line, without control characters.
/// </summary>
internal static class ProviderText
{
    private const int Longest = 200;

    /// <summary>The text in quotes as far as it is short; "nothing" for none.</summary>
    public static string Short(string? text)
    {
        if (string.IsNullOrEmpty(text))
            return "nothing";
        var clean = VisibleText.Of(text.Length > Longest ? text[..Longest] : text);
        return text.Length > Longest ? clean + "…" : clean;
    }
}
