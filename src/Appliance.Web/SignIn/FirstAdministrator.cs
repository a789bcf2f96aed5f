using Appliance.Data.Accounts;
using Appliance.Web.Startup;

namespace Appliance.Web.SignIn;

/// <summary>Makes the first administrator by the settings, or a setup link.</summary>
internal static class FirstAdministrator
{
    /// <summary>
    /// Makes the administrator called <paramref name="name"/> when nobody has an account. Without a name it makes a setup link and returns
    /// its token; null when there are accounts. Throws <see cref="StartException"/> for a name or a password that cannot be used.
    /// </summary>
    public static async Task<string?> PrepareAsync(
        string? name,
        string? password,
        AccountStore accounts,
        CancellationToken cancellationToken
    )
    {
        if (await accounts.AnyAsync(cancellationToken))
            return null;
        if (name is null)
            return await accounts.NewSetupLinkAsync(cancellationToken);
        password ??= "";
        if (PersonNames.Fault(name) is { } wrong)
            throw new StartException($"APPLIANCE_ADMIN_USER cannot be used: {wrong}");
        if (Passwords.Fault(password, name) is { } fault)
            throw new StartException($"APPLIANCE_ADMIN_PASSWORD cannot be used: {fault}");
        await accounts.AddFirstAsync(name, Passwords.Hash(password), cancellationToken);
        return null;
    }
}
