using System.Globalization;
using Appliance.Data.Accounts;
using Appliance.Data.Rights;
using Appliance.Web.Controls;
using Appliance.Web.SignIn.Oidc;

namespace Appliance.Web.People;

/// <summary>Words for the state of an account.</summary>
internal static class PersonWords
{
    /// <summary>The roles as a choice, the least first.</summary>
    public static IEnumerable<(string Value, string Text)> Roles { get; } =
    [.. Enum.GetValues<Role>().Select(role => (role.ToString(), role.ToString()))];

    /// <summary>Where the person signs in.</summary>
    public static string SignsIn(Account account, OidcProviders providers) =>
        account.Provider is { } provider ? providers.NameOf(provider) : "password here";

    /// <summary>The word for its state, what it looks like, and what it is about; the last is null when there is nothing to say.</summary>
    public static (string Word, string Look, string? Why) State(Account account, DateTime now) =>
        account switch
        {
            { Disabled: true } => ("disabled", "off", "Cannot sign in."),
            { LockedUntilUtc: { } until } when until > now => (
                $"locked for {Shown.Duration(until - now)}",
                "bad",
                string.Create(CultureInfo.InvariantCulture, $"Too many wrong codes; until {until:yyyy-MM-dd HH:mm:ss} UTC.")
            ),
            { MustChangePassword: true } => ("must choose a new password", "warn", "Chooses a new password at the next sign-in."),
            _ => ("active", "good", null),
        };
}
