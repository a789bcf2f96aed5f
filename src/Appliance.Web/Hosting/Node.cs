using Appliance.Data;
using Appliance.Data.Accounts;
using Appliance.Data.Audit;
using Appliance.Data.Certificates;
using Appliance.Data.Migrations;
using Appliance.Data.Revisions;
using Appliance.Proxy.Config;
using Appliance.Web.Editing;
using Microsoft.EntityFrameworkCore;

namespace Appliance.Web.Hosting;

/// <summary>The data folder, the store and the editor of one node: what the server and an offline command share.</summary>
public sealed class Node : IDisposable
{
    private Node(DataFolder folder, IDbContextFactory<ApplianceDbContext> contexts, ApplianceOptions options)
    {
        var time = TimeProvider.System;
        Folder = folder;
        Store = new(contexts, time);
        Accounts = new(contexts, time);
        People = new(contexts, time);
        Sessions = new(contexts, options.Sessions, time);
        Audit = new(contexts, time);
        Certificates = new(contexts, MasterKey.Read(options.KeyFile ?? folder.In("master.key")), time);
        Editor = new(Store, new ConfigValidator(new(options.DeniedUpstreams)), Audit);
    }

    /// <summary>The folder, locked.</summary>
    public DataFolder Folder { get; }

    /// <summary>The store.</summary>
    public ConfigStore Store { get; }

    /// <summary>How people come in.</summary>
    public AccountStore Accounts { get; }

    /// <summary>Who may use the console.</summary>
    public PeopleStore People { get; }

    /// <summary>Where they are signed in.</summary>
    public SessionStore Sessions { get; }

    /// <summary>Who did what.</summary>
    public AuditStore Audit { get; }

    /// <summary>The certificates that the product holds.</summary>
    public CertificateStore Certificates { get; }

    /// <summary>The door to the config.</summary>
    public ConfigEditor Editor { get; }

    /// <summary>Takes the lock and brings the database up to date. Throws <see cref="DataFolderException"/> or <see cref="StartException"/>.</summary>
    public static async Task<Node> OpenAsync(ApplianceOptions options, CancellationToken cancellationToken)
    {
        var folder = DataFolder.Open(options.Data);
        try
        {
            var contexts = new ContextFactory(SqliteSetup.Options(folder.Database));
            await new DatabaseMigrator(folder, contexts).MigrateAsync(cancellationToken);
            MasterKey.Ensure(options.KeyFile ?? folder.In("master.key"));
            return new(folder, contexts, options);
        }
        catch (Exception exception) when (exception is Microsoft.Data.Sqlite.SqliteException or UnauthorizedAccessException or IOException)
        {
            folder.Dispose();
            throw new StartException($"The database in {folder.Path} cannot be used ({exception.Message.TrimEnd('.')}); give this user access, or restore a backup.");
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Certificates.Dispose();
        Store.Dispose();
        Folder.Dispose();
    }
}
